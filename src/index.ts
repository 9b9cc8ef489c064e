/** What stack files import from "drover". */

export * from "./authoring/accounts.ts";
export { app } from "./authoring/app.ts";
export * from "./authoring/control.ts";
export type { DeclaredInput, ResourceOptions } from "./authoring/declare.ts";
export * from "./authoring/files.ts";
export type { LocalOptions, MachineInput, ServerOptions } from "./authoring/machines.ts";
export { local, server } from "./authoring/machines.ts";
export { output } from "./authoring/output.ts";
export * from "./authoring/packages.ts";
export type { ResourceEntry, Role, RoleFacts, RoleMachine } from "./authoring/roles.ts";
export { secret } from "./authoring/secret.ts";
export * from "./authoring/security.ts";
export * from "./authoring/services.ts";
export * from "./authoring/ssh-config.ts";
export type { Inventory, MachineMap, StackContext, StackInput } from "./authoring/stack.ts";
export { defineStack } from "./authoring/stack.ts";
export * from "./authoring/system.ts";
export { text } from "./authoring/text.ts";
export type { AppInput } from "./model/app.ts";
export type { OutputRef } from "./model/reference.ts";
export type { Concat, SecretRef } from "./model/secret.ts";

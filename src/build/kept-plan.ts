/** How the text of a plan begins that `drover plan` kept or printed. */
const BEGINNING = /^\{\s*"format":\s*\d+,\s*"owner":\s*"[a-z0-9/-]+",\s*"stack":\s*"[a-z0-9-]+",\s*"hosts":\s*\[/;

/** Whether a file is a plan. One that lies in the folder that it is about must not change what it plans. */
export function isKeptPlan(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b && BEGINNING.test(Buffer.from(bytes.subarray(0, 256)).toString("latin1"));
}

/** The environment of a stack where none was asked for. In a file of its own: what reads it must not load the schemas. */
export const DEFAULT_ENVIRONMENT = "production";

/** The encrypted secrets of an environment, beside the stack file. */
export function vaultName(environment: string): string {
  return `drover.secrets.${environment}.age`;
}

/** Who can read them: those of one environment, else those of all. Beside the stack file, too. */
export function recipientsNames(environment: string): readonly string[] {
  return [`${RECIPIENTS}.${environment}`, RECIPIENTS];
}

export const RECIPIENTS = "drover.recipients";

/** The environment of a file with secrets, or undefined for any other file. */
export function environmentOf(file: string): string | undefined {
  return /^drover\.secrets\.([a-z0-9-]+)\.age$/.exec(file)?.[1];
}

/** Whether a file beside the stack file is one of these. */
export function isSecretsFile(file: string): boolean {
  return environmentOf(file) !== undefined || file === RECIPIENTS || file.startsWith(`${RECIPIENTS}.`);
}

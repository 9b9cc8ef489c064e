/** What the app answers. */
export const say = (release) => `release ${release}\n`;

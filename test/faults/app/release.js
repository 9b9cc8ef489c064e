export const release = 0;

/** The exit codes, all there are. docs/cli.md is made from this table. */
export const EXIT = {
  done: { code: 0, means: "done, or there was nothing to do" },
  failed: {
    code: 1,
    means: "an error: a wrong flag or file, an unreachable machine, a plan with problems, a run that failed",
  },
  changes: {
    code: 2,
    means: "`plan` and `diff` with `--detailed-exitcode`: there is something to do, or a difference",
  },
  cancelled: {
    code: 130,
    means: "ended by Ctrl-C (or 143: by SIGTERM); `logs --follow`, which nothing else ends, then ends with 0",
  },
} as const;

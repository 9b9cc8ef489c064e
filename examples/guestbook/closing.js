/**
 * Ends an HTTP server without cutting anybody off: nothing new is taken, what is in flight is answered, idle connections
 * are closed. Call `watch` before it listens; `close` resolves when the last connection has ended.
 */
export function watch(server) {
  const unused = new Set(); // connected, but nothing asked yet: closeIdleConnections() leaves these alone
  let closing = false;

  server.on("connection", (socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  server.on("upgrade", (request) => unused.delete(request.socket));
  server.on("request", (request, response) => {
    unused.delete(request.socket);
    // A response that was on its way when closing began leaves an idle connection behind: end that one, too.
    response.once("finish", () => closing && setImmediate(() => server.closeIdleConnections()));
  });

  return {
    isClosing: () => closing,
    close({ unusedAfter, allAfter }) {
      closing = true;
      setTimeout(() => {
        for (const socket of unused) socket.destroy();
      }, unusedAfter).unref();
      setTimeout(() => server.closeAllConnections(), allAfter).unref();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

import { WebSocketServer } from "ws";

/** Answers on `/ws`: says its release when a socket opens, then sends back whatever comes. */
export function attachEcho(server, release) {
  const sockets = new WebSocketServer({ server, path: "/ws", maxPayload: 65_536 });
  sockets.on("connection", (socket) => {
    socket.on("error", () => socket.terminate());
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.send(`release ${release}`);
  });

  return {
    /** Says goodbye to every socket, and hangs up on those that do not answer within `patience` milliseconds. */
    close(patience) {
      sockets.close();
      for (const socket of sockets.clients) socket.close(1001, "the server is going away");
      setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate();
      }, patience).unref();
    },
  };
}

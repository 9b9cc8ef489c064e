import { directory, file, pkg, type Role, service, unit, user } from "drover";

export interface JavaServiceOptions {
  /** Also the name of its user, its folder in /opt and its unit. */
  readonly name?: string;
  readonly port?: number;
  /** Memory of its heap, in MB. */
  readonly heapMb?: number;
}

/** One file is enough: java compiles it in memory when it starts. */
const PROGRAM = `import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

public class Main {
  public static void main(String[] args) throws Exception {
    var server = HttpServer.create(new InetSocketAddress(Integer.parseInt(args[0])), 0);
    server.createContext("/", exchange -> {
      byte[] body = ("hello from Java, heap " + Runtime.getRuntime().maxMemory() / 1048576 + " MB\\n").getBytes();
      exchange.sendResponseHeaders(200, body.length);
      try (var out = exchange.getResponseBody()) { out.write(body); }
    });
    server.start();
  }
}
`;

/** A program on the Java of the distribution: a user of its own, the program, and a unit that keeps it running. */
export function javaService({ name = "billing", port = 8080, heapMb = 64 }: JavaServiceOptions = {}): Role {
  const program = `/opt/${name}/Main.java`;
  return () => [
    pkg("openjdk-17-jre-headless"),
    user(name, { system: true, home: `/opt/${name}`, createHome: false }),
    directory(`/opt/${name}`, { mode: "0755", owner: "root:root" }),
    file(program, { content: PROGRAM }),
    unit(`${name}.service`, {
      Unit: { Description: `${name}, a program on Java`, After: "network.target" },
      Service: {
        User: name,
        WorkingDirectory: `/opt/${name}`,
        ExecStart: `/usr/bin/java -Xms${heapMb}m -Xmx${heapMb}m -XX:+UseSerialGC ${program} ${port}`,
        // What java answers to SIGTERM.
        SuccessExitStatus: 143,
        Restart: "on-failure",
        NoNewPrivileges: true,
        PrivateTmp: true,
        ProtectSystem: "strict",
      },
      Install: { WantedBy: "multi-user.target" },
    }),
    service(name, { follows: [`file:${program}`] }, { needs: ["package:openjdk-17-jre-headless"] }),
  ];
}

export default javaService();

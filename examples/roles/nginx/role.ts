import { absent, directory, file, link, pkg, type Role, service } from "drover";

export interface SiteOptions {
  readonly name?: string;
  /** The folder that it serves. */
  readonly root?: string;
}

const site = (name: string, root: string): string => `server {
  listen 80 default_server;
  listen [::]:80 default_server;
  server_name ${name};
  root ${root};
  location / {
    try_files $uri $uri/ =404;
  }
}
`;

/** nginx with one static site, in the place of Debian's default one. */
export function nginx({ name = "www.example.com", root = "/srv/www" }: SiteOptions = {}): Role {
  const [available, enabled] = ["available", "enabled"].map((part) => `/etc/nginx/sites-${part}`);
  const needs = ["package:nginx-light"];
  return () => [
    pkg("nginx-light"),
    directory(root, { mode: "0755" }),
    file(`${root}/index.html`, { content: "<h1>It works</h1>\n" }),
    file(`${available}/site`, { content: site(name, root) }, { needs }),
    link(`${enabled}/site`, { to: `${available}/site` }, { needs }),
    // Of two sites that are the default one nginx reads neither.
    absent(`${enabled}/default`, {}, { needs }),
    service(
      "nginx",
      { follows: [`file:${available}/site`], reload: true },
      { needs: [`link:${enabled}/site`, `absent:${enabled}/default`] },
    ),
  ];
}

export default nginx();

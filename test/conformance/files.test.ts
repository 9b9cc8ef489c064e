import link from "../../src/resources/link.ts";
import { describeResource } from "./resource.ts";

const folder = "directory mode=755 owner=root:root";

describeResource(link, {
  name: "/srv/app/current",
  specs: {
    relative: { to: "releases/2" },
    absolute: { to: "/opt/app 2/100%" },
    "a user's": { to: "releases/2", owner: "app:www-data" },
    "a number's": { to: "releases/2", owner: "1000:1000" },
    "to itself": { to: "current" },
  },
  worlds: {
    absent: { "path:/srv/app/current": "absent", "path:/srv/app": folder },
    "no folder": { "path:/srv/app/current": "absent", "path:/srv/app": "absent", "path:/srv": "absent" },
    "a package on its way": {
      ...{ "path:/srv/app/current": "absent", "path:/srv/app": "absent" },
      "package:app": "installed version=* status=ok mark=manual",
    },
    "leads to nothing": { "path:/srv/app/current": "link to=releases/2", "entry:/srv/app/releases/2": "absent" },
    "leads elsewhere": { "path:/srv/app/current": "link to=releases/1" },
    "a user's": { "path:/srv/app/current": "link to=releases/2 owner=app:app ids=1000:1000" },
    "nobody's": { "path:/srv/app/current": "link to=%20%25 owner=10001:4 ids=10001:4" },
    file: { "path:/srv/app/current": "file mode=644 owner=root:root sha256=00" },
    folder: { "path:/srv/app/current": folder },
    unreadable: { "path:/srv/app/current": "unknown why=rights" },
  },
  refused: ["file", "folder", "unreadable"],
});

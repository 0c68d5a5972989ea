// The hub as a shared worker: it lives for as long as any tab does.

import { Hub } from "./hub.js";

const hub = new Hub();
self.onconnect = ({ ports: [port] }) => hub.join(port);

// Hubs in browsers without shared workers: one tab is it for all others, or each is its own.
//
// The tab that has the lock leads. The others speak with it by a broadcast channel, on which each
// message names its tab; when the leader goes, the next gets the lock and says so, and all join it.

import { Hub } from "./hub.js";
import { newName } from "./locks.js";

const CHANNEL = "seda-1";
let isCandidate = false;

/** A port to the hub of the leading tab, which may be this one. */
export function channelPort() {
  const channel = new BroadcastChannel(CHANNEL);
  const me = newName("port");
  const port = { onmessage: null, onclose: null, postMessage: (message) => channel.postMessage({ from: me, message }) };
  channel.onmessage = ({ data }) => {
    if (data.to === me) port.onmessage?.({ data: data.message });
    else if (data.isNew) {
      port.onclose?.();
      channel.close();
    }
  };
  if (!isCandidate) navigator.locks.request("seda-leader", lead);
  isCandidate = true;
  return port;
}

/** Be the hub of all tabs, for as long as this one lives. */
function lead() {
  const hub = new Hub();
  const channel = new BroadcastChannel(CHANNEL);
  const ports = new Map();
  channel.onmessage = ({ data: { from, message } }) => {
    if (!from) return;
    if (!ports.has(from)) {
      if (message.does !== "live") return; // of the leader before
      ports.set(from, { postMessage: (answer) => channel.postMessage({ to: from, message: answer }), close: () => ports.delete(from) });
      hub.join(ports.get(from));
    }
    ports.get(from)?.onmessage({ data: message });
  };
  channel.postMessage({ isNew: true });
  return new Promise(() => {});
}

/** A port to a hub of this tab alone. */
export function ownPort() {
  const { port1, port2 } = new MessageChannel();
  new Hub().join(port1);
  return port2;
}

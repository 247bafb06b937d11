/** The beginning of every page: its modules are started, its instants told in the reader's time zone. */

import { startModules } from "runicorn/modules";

const times = import("runicorn/times").then(({ start }) => start(document.body));
Promise.all([times, startModules(document)]).then(() => (document.documentElement.dataset.ready = ""));

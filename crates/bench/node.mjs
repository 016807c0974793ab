// Measures rows of the cost table in Node. It stands beside what `wasm-bindgen --target nodejs` makes of this crate.
// A line with the number of a row on standard input is answered by a line "OPERATIONS SECONDS", which is empty where it failed.
import { createInterface } from "node:readline";
import { sample } from "./mmap_bench.js";

globalThis.cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

for await (const row of createInterface({ input: process.stdin })) {
  console.log(sample(Number(row)).join(" "));
}

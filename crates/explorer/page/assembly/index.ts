/** What the worker calls. */

export { multiply } from "./multiply";
export { gather, scatter } from "./tiles";

/** Whether a websocket URL leads to a rendezvous, where an executor is reached by relay frames. */
export function isRendezvousUrl(url: string): boolean {
  return URL.canParse(url) && new URL(url).searchParams.getAll("role").includes("harness");
}

/**
 * Decodes one image, in a thread of its own: a decoder that gives up takes its memory with it, and a slow image holds up
 * nothing.
 *
 * @module
 */
import { PhotonImage } from "@silvia-odwyer/photon-node";

const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<Uint8Array>) => void) | null;
  postMessage(decoded: boolean): void;
};

scope.onmessage = ({ data }) => {
  let decoded = false;
  try {
    const image = PhotonImage.new_from_byteslice(data);
    decoded = image.get_width() > 0 && image.get_height() > 0;
    image.free();
  } catch {
    // not an image
  }
  scope.postMessage(decoded);
};

// Reads a code with the browser's own BarcodeDetector: from the camera, or from a photo on this phone. Nothing leaves
// the phone.

// Some browsers have the name and nothing behind it: on Android the reading is done by a service of the telephone that
// many lack, and then no format is supported.
export async function canRead() {
  try {
    return (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
  } catch {
    return false;
  }
}

export function hasCamera() {
  return Boolean(navigator.mediaDevices?.getUserMedia);
}

// Looks through the camera until a code is seen; its text, or null once `signal` says stop.
export async function scan(video, signal) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  try {
    video.srcObject = stream;
    await video.play();
    while (!signal.aborted) {
      const text = await read(video);
      if (text !== null) return text;
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
    return null;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}

// The text of the code in a photo, or null when there is none.
export async function readPhoto(file) {
  const picture = await createImageBitmap(file);
  try {
    return await read(picture);
  } finally {
    picture.close();
  }
}

async function read(source) {
  const codes = await new BarcodeDetector({ formats: ["qr_code"] }).detect(source);
  return codes.length > 0 ? codes[0].rawValue : null;
}

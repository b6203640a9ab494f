/** Bytes as an address that holds them: a page with it needs no other file. */
export const dataUri = (mediaType: string, bytes: Uint8Array): string => {
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += 8190) parts.push(String.fromCharCode(...bytes.subarray(start, start + 8190)));
  return `data:${mediaType};base64,${btoa(parts.join(''))}`;
};

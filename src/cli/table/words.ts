/** Words and pairs of neighbours of a text, in lower case: what a bag-of-words model sees. */
export const tokensOf = (text: string): string[] => {
  const words =
    text
      .toLowerCase()
      .replaceAll(/<[^>]*>/g, ' ')
      .match(/[\p{L}\p{N}]+(?:'[\p{L}]+)?|[!?]/gu) ?? [];
  const pairs = words.slice(1).map((word, index) => `${words[index]} ${word}`);
  return [...words, ...pairs];
};

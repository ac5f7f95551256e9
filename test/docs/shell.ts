/** @module The words of shell commands in the docs. */

const TOKEN = /"((?:[^"\\]|\\.)*)"|'([^']*)'|(&&|\||>)|\s+|(#.*)|([^\s"'&|>]+)/gy;

/**
 * Splits shell code into commands of words: lines, joined by a backslash or split at `&&`, without comments, pipes and
 * redirections. Variables that the code sets are filled in; a placeholder such as `<run>` is one word.
 */
export function commandsOf(code: string): string[][] {
  const variables: Record<string, string> = {};
  const commands: string[][] = [];
  for (const line of code.replaceAll(/\\\n\s*/g, "").split("\n")) {
    const filled = line
      .replaceAll(/\$([A-Z]+)\b/g, (whole, name: string) => variables[name] ?? whole)
      .replaceAll(/<[\w ]+>/g, "placeholder");
    const [, name, value] = /^([A-Z]+)="(.*)"$/.exec(filled) ?? [];
    if (name !== undefined) variables[name] = value!;
    else commands.push(...wordsOf(filled));
  }
  return commands;
}

/** The commands of one line. */
function wordsOf(line: string): string[][] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | null = null;
  let isOutput = false;
  const endWord = (): void => {
    if (word !== null && !isOutput) words.push(word);
    word = null;
  };
  const endCommand = (): void => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  for (const [whole, double, single, operator, comment, plain] of line.matchAll(TOKEN)) {
    const text = double ?? single ?? plain;
    if (text !== undefined) word = `${word ?? ""}${text}`;
    else if (operator !== undefined) {
      if (operator === "&&") endCommand();
      else endWord();
      isOutput = operator !== "&&";
    } else if (comment !== undefined && word !== null) word += comment;
    else if (comment === undefined && whole.trim() === "") endWord();
  }
  endCommand();
  return commands;
}

/** Does a line of a log tell of an error? Rather miss one than point at "0 errors", or at a model's "error: 0.25". */
const ERROR =
  /^(Traceback \(most recent call last\)|panic:|fatal:|Segmentation fault|Killed$)|(^|[\s[(])(ERROR|FATAL|CRITICAL|PANIC|SEVERE)\b|\b(?:[A-Z]\w*(?:Error|Exception)|[Ee]rror|ERROR)(?:\(\w+\)| [A-Z]+\d+)?:(?!\s*[-+.\d])|\b(command not found|No such file or directory|Permission denied|Out of memory|core dumped)\b/;

export function isErrorLine(text: string): boolean {
  return ERROR.test(text);
}

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isName, nameOf, typeOf } from "@/features/files/naming";

test("a name is made of the file's, without its suffix", () => {
  expect(nameOf("Iris Data (final).CSV")).toBe("iris-data-final");
  expect(nameOf("été.tar.gz")).toBe("ete-tar");
  expect(nameOf("图.png")).toBe("file");
  expect(nameOf(".gitignore")).toBe("gitignore");
});

test("every name that is made can be one", () => {
  fc.assert(fc.property(fc.string(), (filename) => isName(nameOf(filename))));
});

test("the type is guessed by the suffix; a zip is an archive, not a directory", () => {
  expect(
    ["a.csv", "b.PARQUET", "c.jpeg", "d.txt", "e.json", "f.zip", "constructor", "g.constructor"].map(typeOf),
  ).toEqual(["csv", "parquet", "image", "text", "json", "file", "file", "file"]);
});

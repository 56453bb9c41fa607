import {readFileSync} from "node:fs";
import {test,expect} from "vitest";
import {yamlOf} from "@/graph/code";
import {readYaml} from "@/graph/yamlText";
test("x",()=>{ for (const [d,y] of JSON.parse(readFileSync("/tmp/y.json","utf8"))) { expect.soft(yamlOf(d)).toBe(y); expect.soft(readYaml(y).value).toEqual(d); expect.soft(readYaml(yamlOf(d)).value).toEqual(d);} });

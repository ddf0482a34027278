// Renders what stdin lists, one JSON string of Markdown a line, and prints a JSON object with the HTML of each renderer.
import { createInterface } from "node:readline";
import { HtmlRenderer, Parser } from "commonmark";
import markdownIt from "markdown-it";

const parser = new Parser();
const writer = new HtmlRenderer();
const loose = markdownIt({ html: true, linkify: true }); // with tables, and whatever looks like an address a link
for await (const line of createInterface({ input: process.stdin })) {
  const text = JSON.parse(line);
  console.log(JSON.stringify({ commonmark: writer.render(parser.parse(text)), markdownit: loose.render(text) }));
}

/** `--report`, which conform, load and report share. */
import { Option } from 'commander'
import { collect } from './target/options.ts'

export const reportOption = () =>
  new Option(
    '--report <file>',
    'write this instead of a summary; its name decides the form: .json, .xml (JUnit), .tap, .sarif, .md, .html or .svg (badge); repeatable',
  ).argParser(collect)

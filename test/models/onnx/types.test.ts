import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };

const pathOf = (file: string): string => fileURLToPath(new URL(`../../../${file}`, import.meta.url));

/** What the compiler says of a file where npm has left `missing` out. */
function faultsWithout(missing: string, file: string): readonly string[] {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    skipLibCheck: true,
    types: ['node'],
  };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (literals, from, redirected, given, source) =>
    literals.map((literal) => {
      if (literal.text === missing) return { resolvedModule: undefined };
      const mode = ts.getModeForUsageLocation(source, literal, given);
      return ts.resolveModuleName(literal.text, from, given, host, undefined, redirected, mode);
    });
  const program = ts.createProgram([pathOf('src/models/onnx/onnxruntime-node.d.ts'), file], options, host);
  return program
    .getSemanticDiagnostics(program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

it('samplewire is built on a machine that has no ONNX Runtime', () => {
  expect(faultsWithout('onnxruntime-node', pathOf('src/models/onnx/runtime.ts'))).toEqual([]);
});

it('the types are those of the library', () => {
  expect(manifest.devDependencies['onnxruntime-common']).toBe(manifest.optionalDependencies['onnxruntime-node']);
});

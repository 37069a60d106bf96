// A rule of `deno lint` for the pages' programs: no function is longer than a reader can hold.
const MOST = 60;

function measure(context, node) {
  const lines = context.sourceCode.getText(node).split("\n").length;
  if (lines > MOST) context.report({ node, message: `a function of ${lines} lines (at most ${MOST})` });
}

export default {
  name: "twin",
  rules: {
    "short-functions": {
      create: (context) => ({
        ArrowFunctionExpression: (node) => measure(context, node),
        FunctionDeclaration: (node) => measure(context, node),
        FunctionExpression: (node) => measure(context, node),
      }),
    },
  },
};

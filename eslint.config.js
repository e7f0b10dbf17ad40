// ESLint's rules for our scripts: the recommended ones, and a few against code that is hard to read.

import js from "@eslint/js";
import globals from "globals";

const UNESCAPED = "Text is never put into a page unescaped: use textContent.";

const OURS = {
  "array-callback-return": "error",
  curly: ["error", "multi-line"],
  "default-case-last": "error",
  eqeqeq: ["error", "always"],
  "no-constructor-return": "error",
  "no-implicit-globals": "error",
  "no-self-compare": "error",
  "no-template-curly-in-string": "error",
  "no-throw-literal": "error",
  "no-unmodified-loop-condition": "error",
  "no-unused-vars": ["error", { argsIgnorePattern: "^_", ignoreRestSiblings: true }],
  "no-useless-assignment": "error",
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": "error",
  "prefer-template": "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-restricted-syntax": [
    "error",
    { selector: "AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]", message: UNESCAPED },
    { selector: "CallExpression[callee.property.name=/^insertAdjacentHTML$/]", message: UNESCAPED },
  ],
};

export default [
  { ignores: ["app/static/built/", "app/static/vendor/", "tests/browser/webvtt/", ".venv/", "var/"] },
  js.configs.recommended,
  { linterOptions: { reportUnusedDisableDirectives: "error" }, rules: OURS },
  { files: ["app/static/js/**"], languageOptions: { globals: globals.browser } },
  { files: ["tests/browser/*.js"], languageOptions: { globals: globals.browser, sourceType: "script" } },
  { files: ["tests/front_end/**", "*.config.js"], languageOptions: { globals: { ...globals.node, document: "readonly" } } },
];

import js from "@eslint/js";
import importX from "eslint-plugin-import-x";
import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Floors of the house from top to bottom: a file imports from its own floor or from one below. */
const floors = ["routes.tsx", "pages", "forms", "components", "api", "ui", "filters", "format"];

/** `ui` draws and `filters` computes: neither may know the router or the network. */
const apart = [
  { target: "./src/ui", from: "./src/filters" },
  { target: "./src/filters", from: "./src/ui" },
  { target: "./src/api", from: "./src/ui" },
];

const WHOLE_ICON_SET = {
  name: "@tabler/icons-react",
  message: "Import one icon from @tabler/icons-react/icons/…: the whole set makes every build read thousands of files.",
};

const zones = floors.flatMap((target, floor) =>
  floors.slice(0, floor).map((from) => ({
    target: `./src/${target}`,
    from: `./src/${from}`,
    message: `${target} may not import from ${from}: imports point down.`,
  })),
);

export default tseslint.config(
  { ignores: ["dist", "src/api/generated", "test-results", "playwright-report"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/only-throw-error": "off",
      "max-lines": ["error", 500],
    },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { "import-x": importX, "react-hooks": reactHooks },
    settings: { "import-x/resolver-next": [createTypeScriptImportResolver()] },
    rules: {
      ...reactHooks.configs.recommended.rules,
      "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones: [...zones, ...apart] }],
      "import-x/no-cycle": "error",
      "no-restricted-imports": ["error", { paths: [WHOLE_ICON_SET] }],
      // A barrel file hides which file holds an idea.
      "no-restricted-syntax": ["error", { selector: "ExportAllDeclaration", message: "No barrel files." }],
    },
  },
  { files: ["src/**/*.tsx"], ...jsxA11y.flatConfigs.strict },
  {
    files: ["src/ui/**", "src/filters/**", "src/format/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: [
            WHOLE_ICON_SET,
            ...["@tanstack/react-router", "@tanstack/react-query"].map((name) => ({ name, message: "This floor knows neither router nor network." })),
          ],
        },
      ],
    },
  },
  { files: ["*.js"], ...tseslint.configs.disableTypeChecked },
);

import "@fontsource-variable/inter/index.css";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./ui/global.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client";
import { worthRetrying } from "./api/errors";
import { makeRouter } from "./routes";
import { theme } from "./ui/theme";

const router = makeRouter();

/** Whatever was asked for, a missing session leads to the sign-in page and from there back. */
function toSignIn(error: unknown): void {
  if (!(error instanceof ApiError) || error.status !== 401 || router.state.location.pathname === "/sign-in") return;
  void router.navigate({ to: "/sign-in", search: { back: router.state.location.href } });
}

const queries = new QueryClient({
  queryCache: new QueryCache({ onError: toSignIn }),
  mutationCache: new MutationCache({ onError: toSignIn }),
  defaultOptions: {
    queries: { retry: (failures, error) => failures < 2 && worthRetrying(error), staleTime: 5000 },
  },
});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Notifications position="bottom-right" />
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);

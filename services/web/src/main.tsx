import "@mantine/core/styles.css";
import "@fontsource-variable/inter";
import "@/ui/tokens.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "@/app/queryClient";
import { router } from "@/app/router";
import { preferred, speak } from "@/i18n";
import { theme, variables } from "@/ui/theme";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element 'root'");

await speak(preferred());
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);

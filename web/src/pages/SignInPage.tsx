import { Button, Center, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { signIn } from "../api/about";
import { ApiError } from "../api/client";
import { sentence } from "../api/errors";

const route = getRouteApi("/sign-in");

/** The password of a service that is not on a loopback address. */
export function SignInPage() {
  const { back } = route.useSearch();
  const navigate = route.useNavigate();
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const entering = useMutation({
    mutationFn: signIn,
    onSuccess: async () => {
      queries.clear();
      await navigate({ href: back ?? "/" });
    },
  });
  const wrong = entering.error instanceof ApiError && [401, 403].includes(entering.error.status);
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper
        component="form"
        w={360}
        p="xl"
        radius="lg"
        withBorder
        onSubmit={(event: SyntheticEvent) => {
          event.preventDefault();
          entering.mutate(password);
        }}
      >
        <Stack>
          <img src="/wayfare.svg" alt="" width={36} height={36} />
          <div>
            <Title order={1}>Sign in to Wayfare</Title>
            <Text c="dimmed" size="sm">
              With the password that this service was started with.
            </Text>
          </div>
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            data-autofocus
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={entering.error ? (wrong ? "This is not the password." : sentence(entering.error)) : undefined}
          />
          <Button type="submit" loading={entering.isPending} disabled={password === ""}>
            Sign in
          </Button>
        </Stack>
      </Paper>
    </Center>
  );
}

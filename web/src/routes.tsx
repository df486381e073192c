/** The whole map of the app: every address and the page behind it. */
import { createRootRoute, createRoute, createRouter, Outlet } from "@tanstack/react-router";
import { Shell } from "./components/Shell";
import { AuditPage } from "./pages/AuditPage";
import { DestinationsPage } from "./pages/DestinationsPage";
import { ExportsPage } from "./pages/ExportsPage";
import { JourneysPage } from "./pages/JourneysPage";
import { KeysPage } from "./pages/KeysPage";
import { MailPage } from "./pages/MailPage";
import { NewExportPage } from "./pages/NewExportPage";
import { NotFoundPage } from "./pages/NotFoundPage";
import { ProfilePage } from "./pages/ProfilePage";
import { ProfilesPage } from "./pages/ProfilesPage";
import { auditSearch, exportsSearch, journeysSearch, mailSearch, newExportSearch, profileSearch, profilesSearch, scheduleSearch, schedulesSearch, segmentsSearch, signInSearch, webhooksSearch } from "./pages/search";
import { SchedulePage } from "./pages/SchedulePage";
import { SchedulesPage } from "./pages/SchedulesPage";
import { SegmentsPage } from "./pages/SegmentsPage";
import { SignInPage } from "./pages/SignInPage";
import { WebhooksPage } from "./pages/WebhooksPage";
import { BrokenPage } from "./pages/BrokenPage";

const root = createRootRoute({ component: Outlet, errorComponent: BrokenPage });
const signIn = createRoute({ getParentRoute: () => root, path: "/sign-in", component: SignInPage, validateSearch: signInSearch });
const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });

const profiles = createRoute({ getParentRoute: () => shell, path: "/", component: ProfilesPage, validateSearch: profilesSearch });
const profile = createRoute({
  getParentRoute: () => shell,
  path: "/profiles/$profileId",
  component: ProfilePage,
  validateSearch: profileSearch,
});
const segments = createRoute({ getParentRoute: () => shell, path: "/segments", component: SegmentsPage, validateSearch: segmentsSearch });
const journeys = createRoute({ getParentRoute: () => shell, path: "/journeys", component: JourneysPage, validateSearch: journeysSearch });
const exports = createRoute({ getParentRoute: () => shell, path: "/exports", component: ExportsPage, validateSearch: exportsSearch });
const newExport = createRoute({ getParentRoute: () => shell, path: "/exports/new", component: NewExportPage, validateSearch: newExportSearch });
const audit = createRoute({ getParentRoute: () => shell, path: "/audit", component: AuditPage, validateSearch: auditSearch });
const schedules = createRoute({ getParentRoute: () => shell, path: "/schedules", component: SchedulesPage, validateSearch: schedulesSearch });
const schedule = createRoute({ getParentRoute: () => shell, path: "/schedules/edit", component: SchedulePage, validateSearch: scheduleSearch });
const webhooks = createRoute({ getParentRoute: () => shell, path: "/webhooks", component: WebhooksPage, validateSearch: webhooksSearch });
const destinations = createRoute({ getParentRoute: () => shell, path: "/destinations", component: DestinationsPage });
const keys = createRoute({ getParentRoute: () => shell, path: "/keys", component: KeysPage });
const mail = createRoute({ getParentRoute: () => shell, path: "/mail", component: MailPage, validateSearch: mailSearch });

const nowhere = createRoute({ getParentRoute: () => shell, path: "$", component: NotFoundPage });

const tree = root.addChildren([signIn, shell.addChildren([profiles, profile, segments, journeys, exports, newExport, schedules, schedule, destinations, webhooks, keys, audit, mail, nowhere])]);

/** The router of the map. */
export const makeRouter = () => createRouter({ routeTree: tree, scrollRestoration: true });

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}

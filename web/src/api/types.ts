/** The shapes that the native API speaks, by the names that the pages use. All come from its OpenAPI document. */
import type { components } from "./generated/schema";

type Schemas = components["schemas"];

export type About = Schemas["About"];
export type Breakdown = Schemas["BreakdownAnswer"];
export type BreakdownBy = Schemas["By"];
export type Compression = Schemas["Compression"];
export type ConditionCount = Schemas["ConditionCount"];
export type Definition = Schemas["Definition"];
export type Dictionary = Schemas["Dictionary"];
export type EventEntry = Schemas["EventName"];
export type ExportFormat = Schemas["Format"];
export type ExportJob = Schemas["ExportJob"];
export type ExportLink = Schemas["Link"];
export type ExportPage = Schemas["ExportJobs"];
export type ExplainAnswer = Schemas["ExplainAnswer"];
export type ExportRequest = Schemas["CreateExport"];
export type Formulas = Schemas["Formulas"];
export type IdentifierName = Schemas["IdKind"];
export type Identifiers = Schemas["Identifiers"];
export type Journey = Schemas["Journey"];
export type Journeys = Schemas["Journeys"];
export type KnownValue = Schemas["KnownValue"];
export type KnownValues = Schemas["Values"];
export type Mail = Schemas["MailMessage"];
export type Mails = Schemas["Mails"];
export type Manifest = Record<string, unknown>;
export type NewList = Schemas["NewList"];
export type Problem = Schemas["Problem"];
export type Profile = Schemas["Profile"];
export type ProfileEvent = Schemas["Event"];
export type ProfileEventPage = Schemas["ProfileEvents"];
export type ProfilePage = Schemas["SearchAnswer"];
export type ProfileRow = Schemas["ListedProfile"];
export type ProfileSearch = Schemas["SearchRequest"];
export type SavedList = Schemas["SavedList"];
export type SavedLists = Schemas["SavedLists"];
export type SavedSegment = Schemas["SavedSegment"];
export type SavedSegments = Schemas["SavedSegments"];
export type SegmentChange = Schemas["SegmentChange"];
export type SegmentVersions = Schemas["SegmentVersions"];
export type SegmentCount = Schemas["CountAnswer"];
/** What the stream of changes says after data changed. */
export type SegmentCounts = Schemas["SegmentCounts"];

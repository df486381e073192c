//! What is measured, for Prometheus. Every name stands here with its meaning, and nothing else is told.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

/// Requests answered.
pub const REQUESTS: &str = "wayfare_http_requests_total";
/// How long answers took.
pub const REQUEST_SECONDS: &str = "wayfare_http_request_seconds";
/// Records that came in over HTTP.
pub const RECORDS: &str = "wayfare_http_records_total";
/// How long evaluations took.
pub const EVALUATION_SECONDS: &str = "wayfare_segment_evaluation_seconds";
/// Evaluations that were given up.
pub const EVALUATIONS_CANCELLED: &str = "wayfare_segment_evaluations_cancelled_total";
/// Questions that shared the evaluation of an equal one.
pub const EVALUATIONS_SHARED: &str = "wayfare_segment_evaluations_shared_total";
/// Sign-ins refused.
pub const SIGN_IN_FAILURES: &str = "wayfare_sign_in_failures_total";

/// Runs of schedules that were not complete in time, as the room of exports counts them.
pub const RUNS_MISSED: &str = wayfare_export::schedule::RUNS_MISSED;

const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0];

/// Starts measuring, once a process, and gives what renders the figures.
pub(crate) fn handle() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new();
        let builder = builder
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        // Where the process has a recorder already, its figures are its own affair and ours stay empty.
        let _ = metrics::set_global_recorder(recorder);
        describe();
        handle
    })
}

fn describe() {
    metrics::describe_counter!(REQUESTS, "Requests answered, by method, route and status");
    metrics::describe_histogram!(REQUEST_SECONDS, "Seconds until an answer began, by method and route");
    metrics::describe_counter!(RECORDS, "Records that came in over HTTP, by kind and by what became of them");
    metrics::describe_histogram!(EVALUATION_SECONDS, "Seconds that the evaluation of a definition took");
    metrics::describe_counter!(
        EVALUATIONS_CANCELLED,
        "Evaluations given up because nobody waited for them any more"
    );
    metrics::describe_counter!(
        EVALUATIONS_SHARED,
        "Questions answered by the evaluation of an equal one that ran already"
    );
    metrics::describe_counter!(SIGN_IN_FAILURES, "Sign-ins refused");
    metrics::describe_counter!(RUNS_MISSED, "Runs of schedules that were not complete in time");
    // There from the start, so that an alarm sees the first one as a change.
    metrics::counter!(RUNS_MISSED).increment(0);
}

//! HTTP: the native API, operations, the embedded web app.

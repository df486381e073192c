//! Files of records, read row by row into the store.

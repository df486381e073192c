//! Export jobs, writers, manifests, verify, delivery by signed link and e-mail.

//! The storage contract, each case of it a test.

use example_own_storage::MemoryStorage;

guildhall_core::conformance_tests!(async |_| MemoryStorage::default());

//! What is data, word for word: names that stores, logs, dashboards, documents and browsers keep. None follows the name
//! of a type, and none changes without an entry in the changelog.

mod records;

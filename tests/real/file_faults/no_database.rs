//! The file is something else.

use std::fs;

use crate::place::Place;

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let place = Place::new().await;
    let text = "not a database, but a text of more than a hundred bytes. ".repeat(100);
    fs::write(place.file(), &text).unwrap();
    let said = place.try_start().await.err().expect("the hub is refused");
    let expected = format!("hub: --store: {}: the file is not a SQLite database", place.file().display());
    assert!(said.starts_with(&expected), "{said}");
    assert_eq!(fs::read_to_string(place.file()).unwrap(), text);
    fs::remove_file(place.file()).unwrap();
    fs::create_dir(place.file()).unwrap();
    let said = place.try_start().await.err().expect("the hub is refused");
    let expected = format!("hub: --store: {}: the SQLite file can't be opened", place.file().display());
    assert!(said.starts_with(&expected), "{said}");
    fs::remove_dir(place.file()).unwrap();
    place.start().await.kill().await;
}

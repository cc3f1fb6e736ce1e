//! Tests of the store with real files.

use std::fs;

use redb::{Database, TableDefinition};
use tempfile::tempdir;

use super::totals::Total;
use super::{Store, StoreError};

#[tokio::test]
async fn orders_are_kept_across_a_restart() {
    let folder = tempdir().unwrap();
    let store = Store::open(&folder.path().join("made/if/missing"), false).await.unwrap();
    let tea = store.create("tea".into(), 2).await.unwrap();
    let milk = store.create("milk".into(), 1).await.unwrap();
    assert_eq!((tea.id, milk.id), (1, 2));
    store.close().await.unwrap();

    let store = Store::open(&folder.path().join("made/if/missing"), false).await.unwrap();
    assert_eq!(store.get(1).await.unwrap(), Some(tea.clone()));
    assert_eq!(store.get(3).await.unwrap(), None);
    assert_eq!(store.list(0, 10).await.unwrap(), [tea, milk.clone()]);
    assert_eq!(store.list(1, 10).await.unwrap(), [milk]);
    assert_eq!(store.list(u64::MAX, 10).await.unwrap(), []);
    assert_eq!(*store.newest().borrow(), 2);
    assert_eq!(store.create("rice".into(), 5).await.unwrap().id, 3);
}

#[tokio::test]
async fn a_closed_store_returns_an_error_and_its_file_can_be_opened() {
    let folder = tempdir().unwrap();
    let store = Store::open(folder.path(), false).await.unwrap();
    let late = store.clone();
    store.close().await.unwrap();
    assert!(matches!(late.create("tea".into(), 1).await, Err(StoreError::Closed)));
    assert!(matches!(late.get(1).await, Err(StoreError::Closed)));
    Store::open(folder.path(), false).await.unwrap();
}

#[tokio::test]
async fn close_waits_for_writes_whose_futures_were_dropped() {
    let folder = tempdir().unwrap();
    let store = Store::open(folder.path(), false).await.unwrap();
    let mut newest = store.newest();
    let writes: Vec<_> = (0..20)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.create("tea".into(), 1).await })
        })
        .collect();
    newest.changed().await.unwrap();
    for write in writes {
        write.abort();
    }
    store.close().await.unwrap();

    let announced = *newest.borrow();
    let store = Store::open(folder.path(), false).await.unwrap();
    assert_eq!(*store.newest().borrow(), announced);
}

#[tokio::test]
async fn a_file_of_another_program_is_refused_and_not_changed() {
    for foreign in [b"hello".to_vec(), b"SQLite format 3\0".repeat(4096), vec![7; 9000]] {
        let folder = tempdir().unwrap();
        let file = folder.path().join("orders.redb");
        fs::write(&file, &foreign).unwrap();
        let error = Store::open(folder.path(), false).await.err().unwrap().to_string();
        let expected = format!("`{}` is not an orders store: another program wrote it", file.display());
        assert_eq!(error, expected);
        assert!(fs::read(&file).unwrap() == foreign, "the file was changed");
    }
}

#[tokio::test]
async fn a_database_with_other_tables_is_refused() {
    const USERS: TableDefinition<&str, u64> = TableDefinition::new("users");
    let folder = tempdir().unwrap();
    let file = folder.path().join("orders.redb");
    let database = Database::create(&file).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(USERS).unwrap().insert("jo", 1).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let before = fs::read(&file).unwrap();

    let error = Store::open(folder.path(), false).await.err().unwrap().to_string();
    assert!(fs::read(&file).unwrap() == before, "the file was changed");
    assert_eq!(error, format!("`{}` is not an orders store: it holds the tables `users`", file.display()));
}

#[tokio::test]
async fn a_newer_format_is_refused() {
    let folder = tempdir().unwrap();
    Store::open(folder.path(), false).await.unwrap().close().await.unwrap();
    let file = folder.path().join("orders.redb");
    let database = Database::open(&file).unwrap();
    let transaction = database.begin_write().unwrap();
    let format = TableDefinition::<&str, u64>::new("orders-store");
    transaction.open_table(format).unwrap().insert("version", 2).unwrap();
    transaction.commit().unwrap();
    drop(database);

    let error = Store::open(folder.path(), false).await.err().unwrap().to_string();
    let why = "its format is version 2, and this program reads 1";
    assert_eq!(error, format!("`{}` is not an orders store: {why}", file.display()));
}

#[tokio::test]
async fn a_store_in_use_and_a_file_in_place_of_the_folder_are_refused() {
    let folder = tempdir().unwrap();
    let _store = Store::open(folder.path(), false).await.unwrap();
    let error = Store::open(folder.path(), false).await.err().unwrap().to_string();
    assert!(error.ends_with("orders.redb` is in use by another process"), "{error}");

    let error = Store::open(&folder.path().join("orders.redb"), false).await.err().unwrap().to_string();
    assert!(error.starts_with("cannot write the folder `"), "{error}");
}

#[tokio::test]
async fn totals_are_counted_once_in_batches_and_across_restarts() {
    let folder = tempdir().unwrap();
    let store = Store::open(folder.path(), false).await.unwrap();
    for quantity in 1..=5 {
        store.create("tea".into(), quantity).await.unwrap();
    }
    assert_eq!(store.count_totals(3).await.unwrap(), 3);
    store.close().await.unwrap();

    let store = Store::open(folder.path(), false).await.unwrap();
    assert_eq!(sum(&store).await, Total { orders: 3, items: 1 + 2 + 3 });
    assert_eq!(store.count_totals(3).await.unwrap(), 2);
    assert_eq!(store.count_totals(3).await.unwrap(), 0);
    assert_eq!(sum(&store).await, Total { orders: 5, items: 1 + 2 + 3 + 4 + 5 });
    assert_eq!(store.list(0, 10).await.unwrap().len(), 5);
}

/// The sum over all days, because a test may run across midnight.
async fn sum(store: &Store) -> Total {
    let totals = store.totals().await.unwrap();
    assert!(totals.keys().all(|day| day.len() == "2026-01-31".len()), "{totals:?}");
    totals.values().fold(Total::default(), |sum, day| Total {
        orders: sum.orders + day.orders,
        items: sum.items + day.items,
    })
}

#[tokio::test]
async fn a_store_that_was_not_closed_has_all_acknowledged_orders() {
    let (folder, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let store = Store::open(folder.path(), false).await.unwrap();
    let tea = store.create("tea".into(), 2).await.unwrap();
    fs::copy(folder.path().join("orders.redb"), copy.path().join("orders.redb")).unwrap();
    let survivor = Store::open(copy.path(), false).await.unwrap();
    assert_eq!(survivor.get(1).await.unwrap(), Some(tea));
}

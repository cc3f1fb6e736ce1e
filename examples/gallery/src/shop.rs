//! A shop of sixty services, for the pictures of a large application.

use service_group::service_group;

use crate::part::Part;

/// Everything that the shop runs.
#[service_group(stop_within = "40s", lame_duck = "3s")]
#[expect(dead_code, reason = "only its plan is used")]
pub(crate) struct Shop {
    #[service(start = Part::alone(), first)]
    telemetry: Part,
    #[service(start = Part::alone(), stop_within = "1s")]
    secrets: Part,
    #[service(start = Part::over((secrets,)), stop_within = "5s")]
    postgres: Part,
    #[service(start = Part::over((secrets,)), stop_within = "2s")]
    redis: Part,
    #[service(start = Part::over((secrets,)), stop_within = "4s")]
    kafka: Part,
    #[service(start = Part::over((secrets,)), stop_within = "3s")]
    object_store: Part,
    #[service(start = Part::over((secrets,)), stop_within = "3s")]
    search_index: Part,
    #[service(start = Part::over((redis,)), stop_within = "500ms")]
    feature_flags: Part,
    #[service(start = Part::over((redis,)), stop_within = "1s")]
    sessions: Part,
    #[service(start = Part::over((postgres, kafka)), stop_within = "2s")]
    audit_log: Part,
    #[service(start = Part::over((redis,)), stop_within = "2s")]
    customers: Part,
    #[service(start = Part::over((audit_log, customers, postgres)), stop_within = "2s")]
    catalog: Part,
    #[service(start = Part::over((postgres, search_index)), stop_within = "1s")]
    inventory: Part,
    #[service(start = Part::over((object_store,)), stop_within = "1s")]
    pricing: Part,
    #[service(start = Part::over((postgres, pricing)), stop_within = "1s")]
    promotions: Part,
    #[service(start = Part::over((postgres, promotions, redis)), stop_within = "1s")]
    carts: Part,
    #[service(start = Part::over((object_store, search_index)), stop_within = "1500ms")]
    orders: Part,
    #[service(start = Part::over((inventory, search_index)), stop_within = "2s")]
    payments: Part,
    #[service(start = Part::over((search_index,)), stop_within = "3s")]
    refunds: Part,
    #[service(start = Part::over((catalog, search_index)), stop_within = "3s")]
    shipping: Part,
    #[service(start = Part::over((catalog, feature_flags, redis)), stop_within = "3s")]
    returns: Part,
    #[service(start = Part::over((postgres, search_index)), stop_within = "3s")]
    reviews: Part,
    #[service(start = Part::over((carts, object_store, payments)), stop_within = "3s")]
    recommendations: Part,
    #[service(start = Part::over((kafka, pricing)), stop_within = "1500ms")]
    loyalty: Part,
    #[service(start = Part::over((audit_log, redis)), stop_within = "3s")]
    gift_cards: Part,
    #[service(start = Part::over((carts, gift_cards, search_index)), stop_within = "2s")]
    tax: Part,
    #[service(start = Part::over((search_index,)), stop_within = "1s")]
    fraud: Part,
    #[service(start = Part::over((object_store, promotions, redis)), stop_within = "2s")]
    addresses: Part,
    #[service(start = Part::over((postgres,)), stop_within = "3s")]
    wishlists: Part,
    #[service(start = Part::over((audit_log, kafka, reviews)), stop_within = "3s")]
    subscriptions: Part,
    #[service(start = Part::over((customers, addresses, loyalty, wishlists)), stop_within = "4s")]
    customer_rpc: Part,
    #[service(start = Part::over((catalog, pricing, reviews, promotions)), stop_within = "4s")]
    catalog_rpc: Part,
    #[service(start = Part::over((orders, carts, tax, inventory)), stop_within = "4s")]
    order_rpc: Part,
    #[service(start = Part::over((payments, refunds, fraud, gift_cards)), stop_within = "4s")]
    payment_rpc: Part,
    #[service(start = Part::over((shipping, returns)), stop_within = "4s")]
    shipping_rpc: Part,
    #[service(start = Part::over((search_index, recommendations)), stop_within = "4s")]
    search_rpc: Part,
    #[service(start = Part::over((orders, object_store)), stop_within = "3s")]
    invoice_mailer: Part,
    #[service(start = Part::over((inventory, kafka)), stop_within = "3s")]
    stock_sync: Part,
    #[service(start = Part::over((pricing, object_store)), stop_within = "1s")]
    price_import: Part,
    #[service(start = Part::over((fraud, object_store)), stop_within = "1s")]
    fraud_training: Part,
    #[service(start = Part::over((orders, object_store)), stop_within = "2s")]
    order_archiver: Part,
    #[service(start = Part::over((carts, kafka)), stop_within = "3s")]
    cart_reminders: Part,
    #[service(start = Part::over((reviews,)), stop_within = "1s")]
    review_moderation: Part,
    #[service(start = Part::over((search_index, catalog)), stop_within = "1s")]
    search_reindexing: Part,
    #[service(start = Part::over((loyalty,)), stop_within = "2s")]
    loyalty_expiry: Part,
    #[service(start = Part::over((subscriptions, payments)), stop_within = "3s")]
    subscription_renewals: Part,
    #[service(start = Part::over((shipping,)), stop_within = "2s")]
    shipment_tracking: Part,
    #[service(start = Part::over((orders, refunds)), stop_within = "3s")]
    report_of_the_month_for_the_accounting_department: Part,
    #[service(start = Part::over((sessions,)), stop_within = "2s")]
    session_cleanup: Part,
    #[service(start = Part::over((redis, catalog)), stop_within = "1s")]
    cache_warming: Part,
    #[service(start = Part::over((customer_rpc, catalog_rpc, order_rpc, search_rpc, sessions)), stop_within = "5s")]
    storefront_http: Part,
    #[service(start = Part::over((order_rpc, payment_rpc, sessions)), stop_within = "5s")]
    checkout_http: Part,
    #[service(start = Part::over((customer_rpc, order_rpc, shipping_rpc, audit_log)), stop_within = "5s")]
    backoffice_http: Part,
    #[service(start = Part::over((catalog_rpc, order_rpc)), stop_within = "5s")]
    partner_http: Part,
    #[service(start = Part::over((payment_rpc, shipping_rpc)), stop_within = "5s")]
    webhooks_http: Part,
    #[service(start = Part::over((kafka, sessions)), stop_within = "2s")]
    events_ws: Part,
    #[service(start = Part::alone(), stop_within = "1s")]
    metrics_http: Part,
    #[service(start = Part::over((feature_flags, audit_log)), stop_within = "2s")]
    admin_http: Part,
    #[service(start = Part::over((customer_rpc, catalog_rpc)), stop_within = "3s")]
    grpc_web: Part,
    #[service(start = Part::alone(), last, stop_within = "1s")]
    registration: Part,
}

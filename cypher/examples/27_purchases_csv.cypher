// Purchases read by the server from transactions_train.csv, into a graph without purchases: what is read twice counts twice.
// database: graph
// parameters: url STRING
// returns: nothing
// servers: >= 4.4
// transaction: auto-commit
LOAD CSV WITH HEADERS FROM $url AS row
CALL {
  WITH row
  MERGE (c:Customer {id: row.customer_id})
  MERGE (p:Product {code: row.article_id})
  MERGE (c)-[b:PURCHASED {t_date: date(row.t_dat), price: toFloat(row.price), sales_channel: toInteger(row.sales_channel_id)}]->(p)
  SET b.quantity = coalesce(b.quantity, 0) + 1
} IN TRANSACTIONS OF 10000 ROWS

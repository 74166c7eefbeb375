// Purchases read by the server from transactions_train.csv.
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
  MERGE (c)-[b:PURCHASED {t_date: date(row.t_date)}]->(p)
  SET b.price = toFloat(row.price), b.sales_channel = toInteger(row.sales_channel_id)
} IN TRANSACTIONS OF 10000 ROWS

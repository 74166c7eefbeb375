// Customers read by the server from customers.csv.
// database: graph
// parameters: url STRING
// returns: nothing
// servers: >= 4.4
// transaction: auto-commit
LOAD CSV WITH HEADERS FROM $url AS row
CALL {
  WITH row
  MERGE (c:Customer {id: row.customer_id})
  SET c.fn = toInteger(toFloat(row.FN)), c.active = toInteger(toFloat(row.Active)), c.age = toInteger(row.age),
      c.club_member_status = row.club_member_status, c.fashion_news_frequency = row.fashion_news_frequency,
      c.postal_code = row.postal_code
} IN TRANSACTIONS OF 10000 ROWS

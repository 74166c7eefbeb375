// Which model's embeddings are current, the revision last given out, and what the neighbours were computed from. No row in a new database.
// database: products
// parameters: none
// returns: model STRING, revision INTEGER, knn_revision INTEGER, knn_products INTEGER, knn_k INTEGER, knn_approximate BOOLEAN
// servers: >= 4.4
MATCH (s:HmrecStore {key: 'state'})
RETURN s.model AS model, s.revision AS revision, s.knn_revision AS knn_revision, s.knn_products AS knn_products, s.knn_k AS knn_k,
       coalesce(s.knn_approximate, false) AS knn_approximate

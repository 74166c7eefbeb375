// Make a model current, in one transaction with the first of its embeddings, unless another process has changed the one that was found; the count is
// then 0. Neighbours of another model's vectors count for nothing. (SET revision comes first because it locks the node.)
// database: products
// parameters: model STRING, found STRING
// returns: count INTEGER
// servers: >= 4.4
MERGE (s:HmrecStore {key: 'state'})
ON CREATE SET s.model = '', s.revision = 0, s.knn_revision = 0, s.knn_products = 0, s.knn_k = 0
SET s.revision = s.revision + 0
WITH s, s.model = $found AND s.model <> $model AS change
SET s.knn_revision = CASE WHEN change THEN 0 ELSE s.knn_revision END,
    s.model = CASE WHEN change THEN $model ELSE s.model END
RETURN CASE WHEN s.model = $model THEN 1 ELSE 0 END AS count

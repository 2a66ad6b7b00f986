"""What each host is: the band that it asks from, its RPC range, its roles and its names."""

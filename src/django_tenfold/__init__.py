"""The runtime side of Tenfold: what Django projects install. It never imports `tenfold`."""
